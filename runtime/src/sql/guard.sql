-- Inside the transaction that writes, under a lock that keeps triggers and rules from being added:
-- the tables are still the ones that were inspected.
LOCK TABLE ONLY {history}, ONLY {events} IN ROW EXCLUSIVE MODE;
{guarded};
