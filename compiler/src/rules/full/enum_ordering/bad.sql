ALTER TYPE mood ADD VALUE 'fair';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `fair` sorts behind all other values
