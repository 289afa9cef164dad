//! How a follower is let in.

use crate::{
    backend::DoorError,
    error::{invalid_params, refused},
    rpc::{Args, Context, Reply, json},
};
use alloy_primitives::Bytes;
use serde::{Deserialize, Serialize};

/// Who asks: the key that the follower has towards other nodes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FollowRequest {
    key: Bytes,
}

/// Where it connects.
#[derive(Serialize)]
struct FollowResponse {
    key: Bytes,
    address: String,
}

/// `qiantang_follow`: lets the follower with this key connect for 60 seconds; it asks again before
/// they are over. Answers this node's own key and address towards other nodes. A node without room
/// answers -32000 and says where else to ask.
pub(crate) fn follow(context: &Context, args: &Args<'_>) -> Reply {
    let request: FollowRequest = args.required(0)?;
    let feeder = context.backend.door.admit(&request.key);
    let feeder = feeder.map_err(|error| match error {
        DoorError::Key(why) => invalid_params(format!("invalid argument 0: {why}")),
        DoorError::Full(why) => refused(why),
    })?;
    json(&FollowResponse {
        key: feeder.key,
        address: feeder.address,
    })
}
