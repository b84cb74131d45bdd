//! Counts what is in stock.

use std::collections::HashMap;

/// Pieces by the name of their article.
#[derive(Debug, Default)]
pub struct Inventory {
    pieces: HashMap<String, u32>,
}

impl Inventory {
    /// Adds pieces of an article.
    pub fn add(&mut self, article: &str, count: u32) {
        // TODO: add the count to what is there already
    }

    /// Takes pieces out, or says how many there are.
    pub fn take(&mut self, article: &str, count: u32) -> Result<(), u32> {
        todo!()
    }

    /// The sum of all pieces.
    pub fn total(&self) -> u32 {}
}

/// The article of which there is most, by name where there are several.
pub fn fullest(inventory: &Inventory) -> Option<&str> {
    unimplemented!()
}
