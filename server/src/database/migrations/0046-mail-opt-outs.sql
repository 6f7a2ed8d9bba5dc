-- Customers who do not want the mails that they may do without (mail/mail.ts, optionalMailKinds): none is written for them.
create table mail_opt_out (
  org_id text not null,
  customer_id text not null,
  since timestamptz not null,
  primary key (org_id, customer_id),
  foreign key (org_id, customer_id) references customer (org_id, id)
);
