//! Which objects and type-name lists a message holds already (MS-PSRP 2.2.5.2.1.1, 2.2.5.2.3).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use crate::{Object, TypeNames};

/// Objects and type-name lists are numbered from 0, each on its own.
#[derive(Default)]
pub(crate) struct References<'v> {
    objects: usize,
    shared: HashMap<usize, usize, BuildHasherDefault<AddressHasher>>,
    lists: usize,
    by_address: HashMap<(usize, usize), usize, BuildHasherDefault<AddressHasher>>,
    by_names: HashMap<ByNames<'v>, usize>,
}

impl<'v> References<'v> {
    /// The number of an object that was written already.
    pub(crate) fn of(&self, object: &Arc<Object>) -> Option<usize> {
        if self.shared.is_empty() { None } else { self.shared.get(&Arc::as_ptr(object).addr()).copied() }
    }

    /// The number for an object that is about to be written.
    pub(crate) fn add(&mut self, object: &'v Arc<Object>) -> usize {
        let id = self.objects;
        self.objects += 1;
        // with a single owner it stands in a single place
        if Arc::strong_count(object) > 1 {
            self.shared.insert(Arc::as_ptr(object).addr(), id);
        }
        id
    }

    /// The number of a list that was written already, or else the one for it to get.
    pub(crate) fn of_type_names(&mut self, names: &'v TypeNames) -> Result<usize, usize> {
        // most objects of a kind share one list: its address is found sooner than its text
        let address = match names {
            TypeNames::None => (0, 0),
            TypeNames::Static(list) => (list.as_ptr().addr(), list.len()),
            TypeNames::Shared(list) => (list.as_ptr().addr(), list.len()),
        };
        match self.by_address.entry(address) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(vacant) => match self.by_names.entry(ByNames(names)) {
                Entry::Occupied(known) => Ok(*vacant.insert(*known.get())),
                Entry::Vacant(new) => {
                    let id = self.lists;
                    self.lists += 1;
                    new.insert(id);
                    vacant.insert(id);
                    Err(id)
                }
            },
        }
    }
}

/// A list by what it says.
#[derive(PartialEq, Eq)]
struct ByNames<'v>(&'v TypeNames);

impl Hash for ByNames<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for name in self.0.iter() {
            name.hash(state);
        }
    }
}

/// Mixes addresses of our own memory: nobody chooses them, so nothing slower is needed.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}
