//! Nothing but a package for the refusals of `embed_migrations!`: see `tests/compile.rs`.
