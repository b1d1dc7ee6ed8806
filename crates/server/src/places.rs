//! Where a network address is: country and city, from a file in MaxMind's
//! format that the operator names. Nobody else is asked.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use maxminddb::{Reader, geoip2};

/// A database of places, in memory.
pub struct Places(Reader<Vec<u8>>);

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Places").field(&self.0.metadata().database_type).finish()
    }
}

/// Where an address is, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The country's English name.
    pub country: Option<String>,
    /// The city's English name.
    pub city: Option<String>,
}

impl Places {
    /// Reads a file. The error is a sentence for the operator.
    pub fn open(path: &Path) -> Result<Self, String> {
        let told = |error: maxminddb::MaxMindDbError| {
            format!("the database of places {} cannot be read: {error}", path.display())
        };
        Reader::open_readfile(path).map(Self).map_err(told)
    }

    /// Where an address is. What the file does not know, or tells in a form of
    /// its own, is unknown.
    pub fn find(&self, address: IpAddr) -> Place {
        let found = self.0.lookup(address.to_canonical());
        let found = found.and_then(|found| found.decode::<geoip2::City<'_>>());
        let Ok(Some(record)) = found else { return Place::default() };
        Place {
            country: record.country.names.english.map(str::to_owned),
            city: record.city.names.english.map(str::to_owned),
        }
    }
}
