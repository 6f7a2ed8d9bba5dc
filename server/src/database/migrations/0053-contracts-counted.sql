-- A subscription that begins anew is another contract, also at the same moment of a test clock: `conclusion` counts them, by the
-- checkouts that were completed for it and the reactivations that were paid. 1 for a purchase.
alter table withdrawal add column conclusion integer;
update withdrawal w set conclusion = greatest(1, (
  select count(*) from checkout c
  where c.org_id = w.org_id and c.subscription_id = w.contract_id and c.status = 'complete'
    and c.kind in ('payment', 'trial', 'setup', 'plan_change') and c.completed_at <= w.concluded_at
) + (
  select count(*) from invoice i
  where i.org_id = w.org_id and i.subscription_id = w.contract_id and i.type = 'reactivation' and i.status = 'paid'
    and i.paid_at <= w.concluded_at
));
alter table withdrawal alter column conclusion set not null;
alter table withdrawal add constraint withdrawal_conclusion check (conclusion > 0);
alter table withdrawal drop constraint withdrawal_pkey;
alter table withdrawal add primary key (org_id, contract_id, conclusion);
