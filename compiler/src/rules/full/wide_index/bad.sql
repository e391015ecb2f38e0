CREATE INDEX account_all ON account USING btree (id, email, lower(name, 'C'), team DESC);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ an index of 4 columns is rarely used to its end
