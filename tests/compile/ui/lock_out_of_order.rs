pgstrata::embed_migrations!("ui/lock_out_of_order");

fn main() {}
