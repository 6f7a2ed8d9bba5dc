-- Tax (billing.md, Tax).

-- Who calculates it, and where the seller is registered: countries ('DE'), regions ('US-CA'), 'EU' for the One-Stop Shop.
alter table side_settings add column tax_mode text not null default 'automatic';
alter table side_settings add constraint side_settings_tax_mode check (tax_mode in ('automatic', 'none', 'provider'));
alter table side_settings add column tax_registrations text[] not null default '{}';

-- Why a customer pays no tax, as invoices say it.
alter table customer add column tax_exemption text;

-- Rates of an organisation's own, beside those that ship with the product. A change replaces all rates of its place from a day on:
-- [{"name": "VAT", "rate": 190000}], millionths; null: the shipped ones hold again. Changes are never edited.
create table tax_rate (
  org_id text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text not null check (region ~ '^[A-Z0-9]{0,3}$'),
  revision bigint not null,
  valid_from date not null,
  rates jsonb,
  created_at timestamptz not null,
  primary key (org_id, country, region, revision)
);

-- What was decided about an invoice's tax; null where that was never asked: before there was tax, and on credit notes.
alter table invoice add column tax_treatment text;
alter table invoice add constraint invoice_tax_treatment check (tax_treatment in ('charged', 'reverse_charge', 'exempt', 'not_registered', 'place_unknown', 'rate_unknown', 'off'));

-- Each tax of an invoice, copied: its rate in millionths, the place it is from; amounts in minor units.
create table invoice_tax (
  org_id text not null,
  invoice_id text not null,
  position integer not null,
  name text not null,
  rate bigint not null check (rate >= 0),
  country text not null,
  region text,
  taxable bigint not null check (taxable >= 0),
  amount bigint not null check (amount >= 0),
  primary key (org_id, invoice_id, position),
  foreign key (org_id, invoice_id) references invoice (org_id, id)
);

-- What each of them is on each line.
create table invoice_line_tax (
  org_id text not null,
  invoice_id text not null,
  tax_position integer not null,
  line_position integer not null,
  taxable bigint not null check (taxable > 0),
  amount bigint not null check (amount >= 0),
  primary key (org_id, invoice_id, tax_position, line_position),
  foreign key (org_id, invoice_id, tax_position) references invoice_tax (org_id, invoice_id, position),
  foreign key (org_id, invoice_id, line_position) references invoice_line (org_id, invoice_id, position)
);
