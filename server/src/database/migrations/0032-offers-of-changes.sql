-- A free customer's change to a paid plan is a first payment like any other: it carries the intro offer or the promo code that the
-- paid period begins with. `agreed`: base price and discount in canonical dollars, as a subscription keeps them.
alter table plan_change
  add column discount_kind text check (discount_kind in ('intro_offer', 'promo_code')),
  add column discount_type text check (discount_type in ('percentage', 'amount')),
  add column discount_value bigint check (discount_value >= 0),
  add column discount_name text,
  add column discount_cycles integer,
  add column promo_code_id text,
  add column agreed text,
  add foreign key (org_id, promo_code_id) references promo_code (org_id, id);
