//! The optional check that an address's domain takes mail (off by default).

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
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

    /// A check that asks one name server, over UDP, and waits so long for an
    /// answer.
    pub fn asking(server: SocketAddr, patience: Duration) -> Result<Self, String> {
        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let servers = vec![NameServerConfig::new(server.ip(), true, vec![connection])];
        let config = ResolverConfig::from_name_servers(servers);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().timeout = patience;
        builder.options_mut().attempts = 0;
        Ok(Self(builder.build().map_err(|error| error.to_string())?))
    }

    /// Whether an address's domain may take mail: it has a mail exchanger or an
    /// address record (RFC 5321, 5.1), and no exchanger that says that there is
    /// none (RFC 7505). When the name servers do not answer, it may: their
    /// trouble is not the caller's mistake.
    pub async fn may_take_mail(&self, email: &EmailAddress) -> bool {
        let domain = format!("{}.", email.domain());
        for kind in [RecordType::MX, RecordType::A, RecordType::AAAA] {
            match self.0.lookup(domain.as_str(), kind).await {
                Ok(found) => {
                    // Other names that stand for the domain come along with its records.
                    let mut records = found.answers().iter().filter(|record| record.record_type() == kind);
                    if let Some(first) = records.next() {
                        return !matches!(&first.data, RData::MX(mx) if mx.exchange.is_root());
                    }
                }
                Err(error) if !error.is_no_records_found() => {
                    tracing::warn!(%error, "a domain could not be looked up");
                    return true;
                }
                Err(_) => {}
            }
        }
        false
    }
}
