//! The optional check that an address's domain takes mail (off by default).

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RecordType;
use hospes_model::EmailAddress;

use crate::error::Error;

/// Asks the system's name servers about domains.
pub struct DomainCheck(TokioResolver);

impl std::fmt::Debug for DomainCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DomainCheck")
    }
}

impl DomainCheck {
    /// A check with the name servers of the system's configuration.
    pub fn system() -> Result<Self, String> {
        let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
        Ok(Self(builder.build().map_err(|error| error.to_string())?))
    }

    /// Refuses an address whose domain surely takes no mail: neither a mail
    /// exchanger nor an address record (RFC 5321, 5.1). When the name servers
    /// do not answer, the address is let through: their trouble is not the
    /// caller's mistake.
    pub async fn check(&self, email: &EmailAddress) -> Result<(), Error> {
        let domain = format!("{}.", email.domain());
        for kind in [RecordType::MX, RecordType::A, RecordType::AAAA] {
            match self.0.lookup(domain.as_str(), kind).await {
                Ok(found) if !found.answers().is_empty() => return Ok(()),
                Err(error) if !error.is_no_records_found() => {
                    tracing::warn!(%error, "a domain could not be looked up");
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Error::invalid("email", "The email's domain does not take mail."))
    }
}
