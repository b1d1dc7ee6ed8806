//! What callers send to move steps and fields; read in
//! [`request`](super::request).

use serde::Deserialize;
use utoipa::ToSchema;

/// Where a step is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct StepPositionBody {
    /// From 1.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    position: i64,
}

/// Where a field of a step is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct CapturePositionBody {
    /// The field's id.
    capture_id: String,
    /// From 1.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    position: i64,
}

/// To which step a field is to move.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct MoveOutBody {
    /// The other step's id.
    target_step_id: String,
    /// From 1; the end of the step, when nothing is said.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    position: Option<i64>,
}
