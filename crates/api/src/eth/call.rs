//! placeholder
use crate::{
    error::unsupported,
    rpc::{Args, Context, Reply},
};
pub(crate) fn call(_: &Context, _: &Args<'_>) -> Reply {
    Err(unsupported("x"))
}
pub(crate) fn estimate_gas(_: &Context, _: &Args<'_>) -> Reply {
    Err(unsupported("x"))
}
