-- What was decided about the tax of a payment when it was asked for: treatment, place, rates in millionths. Null: nothing was, no tax.
alter table payment add column tax jsonb;
