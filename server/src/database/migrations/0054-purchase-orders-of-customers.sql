-- The purchase order that a customer wants to read on every invoice. Each one copies it when it becomes final.
alter table customer add column po_number text;
