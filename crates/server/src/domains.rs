//! The optional check that an address's domain takes mail (off by default).

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RecordType;
use hospes_model::EmailAddress;

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

    /// Whether an address's domain may take mail: it has a mail exchanger or an
    /// address record (RFC 5321, 5.1). When the name servers do not answer, it
    /// may: their trouble is not the caller's mistake.
    pub async fn may_take_mail(&self, email: &EmailAddress) -> bool {
        let domain = format!("{}.", email.domain());
        for kind in [RecordType::MX, RecordType::A, RecordType::AAAA] {
            match self.0.lookup(domain.as_str(), kind).await {
                Ok(found) if !found.answers().is_empty() => return true,
                Err(error) if !error.is_no_records_found() => {
                    tracing::warn!(%error, "a domain could not be looked up");
                    return true;
                }
                _ => {}
            }
        }
        false
    }
}
