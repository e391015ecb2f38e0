pgstrata::embed_migrations!("ui/verify_commits");

fn main() {}
