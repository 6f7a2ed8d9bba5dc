-- Who sells, and what is mailed: what an operator sets for a side. No row: nothing was set.
create table side_settings (
  org_id text not null references side (org_id),
  -- The seller as invoices copy it (organisations/seller.ts); null: nothing is known but the organisation's name.
  seller jsonb,
  mail_enabled boolean not null default true,
  -- Null: the sandbox keeps its mails in the inbox, the live side sends them.
  mail_delivery text,
  mails_off text[] not null default '{}',
  updated_at timestamptz not null,
  primary key (org_id)
);
alter table side_settings add constraint side_settings_mail_delivery check (mail_delivery in ('smtp', 'inbox'));
