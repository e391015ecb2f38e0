LOCK TABLE ONLY {history}, ONLY {events} IN ROW EXCLUSIVE MODE;
{guarded};
