//! How a follower is let in.

use crate::{
    backend::{DoorError, FollowRequest},
    error::{invalid_params, refused},
    rpc::{Args, Context, Reply, json},
};
use alloy_primitives::Bytes;
use serde::Serialize;

/// Where it connects.
#[derive(Serialize)]
struct FollowResponse {
    key: Bytes,
    address: String,
}

/// `qiantang_follow`: lets the follower that signed this request connect for 60 seconds; it asks
/// again before they are over. Answers this node's own key and address towards other nodes. A node
/// without room answers -32000 and says where else to ask.
pub(crate) fn follow(context: &Context, args: &Args<'_>) -> Reply {
    let request: FollowRequest = args.required(0)?;
    let feeder = context.backend.door.admit(&request);
    let feeder = feeder.map_err(|error| match error {
        DoorError::Request(why) => invalid_params(format!("invalid argument 0: {why}")),
        DoorError::Full(why) => refused(why),
    })?;
    json(&FollowResponse {
        key: feeder.key,
        address: feeder.address,
    })
}
