//! The enumerations of the Trace module as words.

use super::Message;
use qiantang_client::trace::ITrace::{EventKind, Level, Relation, Status};

pub(crate) const fn status(status: Status) -> Message {
    match status {
        Status::Active => Message::StatusActive,
        Status::InTransit => Message::StatusInTransit,
        Status::Consumed => Message::StatusConsumed,
        Status::Decommissioned => Message::StatusDecommissioned,
        Status::Destroyed => Message::StatusDestroyed,
        Status::None | Status::__Invalid => Message::StatusUnknown,
    }
}

pub(crate) const fn level(level: Level) -> Message {
    match level {
        Level::Instance => Message::LevelInstance,
        Level::Lot => Message::LevelLot,
        Level::Kind => Message::LevelKind,
        Level::None | Level::__Invalid => Message::StatusUnknown,
    }
}

pub(crate) const fn kind(kind: EventKind) -> Message {
    match kind {
        EventKind::Object => Message::KindObject,
        EventKind::Aggregation => Message::KindAggregation,
        EventKind::Transaction => Message::KindTransaction,
        EventKind::Transformation => Message::KindTransformation,
        EventKind::Association => Message::KindAssociation,
        EventKind::Extended => Message::KindExtended,
        EventKind::None | EventKind::__Invalid => Message::StatusUnknown,
    }
}

pub(crate) const fn relation(relation: Relation) -> Message {
    match relation {
        Relation::Transformation => Message::RelationTransformation,
        Relation::Aggregation => Message::RelationAggregation,
        Relation::Association => Message::RelationAssociation,
        Relation::None | Relation::__Invalid => Message::StatusUnknown,
    }
}
