DELETE FROM order_history WHERE version = 3;
