/* one /* two */
CREATE TABLE account (id bigint);
