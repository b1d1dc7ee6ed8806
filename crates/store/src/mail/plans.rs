//! The worker's looks are bounded: each walks an index and stops.

use super::{digests, notices, outbox};
use crate::plans::assert_walks_an_index;

#[test]
fn looking_for_mails_and_digests_reads_what_it_takes_and_no_more() {
    for sql in [outbox::DUE, digests::DUE, notices::SQL_GUEST, notices::SQL_MEMBER] {
        assert_walks_an_index(sql);
    }
    assert_walks_an_index(
        "SELECT key FROM mail WHERE settled_at IS NOT NULL AND settled_at < ?1 ORDER BY settled_at LIMIT ?2",
    );
}
