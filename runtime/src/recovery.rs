//! Steps outside a transaction: what runs there, what is recorded of it, and what is done about a
//! statement of which a crash has left a part.

mod verdict;
mod progress;
mod alone;
mod outside;
