CREATE TYPE mood AS ENUM ('good', 'bad');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the values of `mood` cannot be taken away again
