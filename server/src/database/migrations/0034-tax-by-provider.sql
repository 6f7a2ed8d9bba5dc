-- Whose tax service calculates, where the payment provider does.
alter table side_settings add column tax_connection_id text;
alter table side_settings add foreign key (org_id, tax_connection_id) references payment_connection (org_id, id);

alter table invoice drop constraint invoice_tax_treatment;
alter table invoice add constraint invoice_tax_treatment check (tax_treatment in ('charged', 'reverse_charge', 'exempt', 'not_registered', 'place_unknown', 'rate_unknown', 'not_taxed', 'off'));

-- Where the rate of an invoice's tax is from, and since when it held or when it was asked; null before that was kept.
alter table invoice_tax add column rate_source text;
alter table invoice_tax add constraint invoice_tax_rate_source check (rate_source in ('shipped', 'own', 'provider'));
alter table invoice_tax add column rate_as_of date;
alter table invoice_tax add constraint invoice_tax_asked check (rate_source <> 'provider' or rate_as_of is not null);

-- What the tax service of a connection said last: by what it was asked (place, postal code, tax number), not by customer, so that
-- whoever moves is asked about anew. Rates as [{"name", "rate", "jurisdiction", "level", "percentage", "reason"}], in millionths
-- of the whole price. Times are the organisation's; `tried_at`: asked again since, in vain.
create table tax_answer (
  org_id text not null,
  connection_id text not null,
  question text not null,
  treatment text not null check (treatment in ('charged', 'reverse_charge', 'exempt', 'not_registered', 'place_unknown', 'rate_unknown', 'not_taxed')),
  country text,
  region text,
  rates jsonb not null,
  asked_at timestamptz not null,
  tried_at timestamptz,
  primary key (org_id, connection_id, question),
  foreign key (org_id, connection_id) references payment_connection (org_id, id)
);
