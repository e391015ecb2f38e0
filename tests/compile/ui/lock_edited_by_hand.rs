pgstrata::embed_migrations!("ui/lock_edited_by_hand");

fn main() {}
