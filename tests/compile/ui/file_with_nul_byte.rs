pgstrata::embed_migrations!("ui/file_with_nul_byte");

fn main() {}
