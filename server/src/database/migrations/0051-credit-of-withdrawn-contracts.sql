-- Credit that a contract granted of what was paid for it ends when its customer withdraws: all that was paid goes back by itself.
alter table customer_credit add column revoked_at timestamptz;
