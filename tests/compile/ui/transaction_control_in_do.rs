pgstrata::embed_migrations!("ui/transaction_control_in_do");

fn main() {}
