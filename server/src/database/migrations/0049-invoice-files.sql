-- The PDFs of final invoices that were given out, by the SHA-256 of their bytes. first_given_at is real time.
create table invoice_file (
  org_id text not null,
  invoice_id text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  first_given_at timestamptz not null default now(),
  primary key (org_id, invoice_id, sha256),
  foreign key (org_id, invoice_id) references invoice (org_id, id)
);
