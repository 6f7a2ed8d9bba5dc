-- When an invoice was told to be overdue: the first midnight after its due day that found it outstanding. Null until then.
alter table invoice add column overdue_at timestamptz;
create index invoice_not_told_overdue on invoice (org_id, due_at, id)
  where status = 'outstanding' and finalised_at is not null and overdue_at is null;
