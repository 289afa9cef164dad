//! What a document says, in the words of EPCIS 2.0.
//!
//! Identifiers stay as written, but for prefixes that `@context` declares, which are written out;
//! [`canonical_id`](super::canonical_id) brings them to one form. Event ids stay as written.

/// A document that follows the standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which envelope the events came in.
    pub kind: DocumentKind,
    /// `id` of the envelope, which may be a blank node such as `_:document1`.
    pub id: Option<String>,
    /// The events in the order of the document; possibly none.
    pub events: Vec<Event>,
}

/// The envelope of events (EPCIS 2.0 section 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// `EPCISDocument`: what capture interfaces exchange.
    Capture,
    /// `EPCISQueryDocument`: the answer to a query.
    Query,
    /// An event without an envelope.
    SingleEvent,
}

/// One event (EPCIS 2.0 section 7.4), with the fields that the Trace module acts on.
///
/// The event hash covers every field, also those that are not repeated here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which of the event types it is.
    pub kind: EventKind,
    /// The standard event hash (CBV 2.0 section 8.9); [`hash_uri`](super::hash_uri) writes it.
    ///
    /// By the standard, an event with an error declaration has the hash of the event that it takes
    /// back. And the hash names events of honest parties; it is no commitment, for the canonical
    /// form joins names and values without separators.
    pub hash: [u8; 32],
    /// `eventID`.
    pub event_id: Option<String>,
    /// `eventTime` in milliseconds since 1970-01-01T00:00:00Z, rounded half up; negative before.
    pub event_time_ms: i64,
    /// `eventTimeZoneOffset`, such as `+08:00`.
    pub event_time_zone_offset: String,
    /// `action`; absent in transformation and extended events only.
    pub action: Option<Action>,
    /// `bizStep`: the bare word of the CBV, such as `shipping`, or the URI of a private vocabulary.
    pub biz_step: Option<String>,
    /// `disposition`, in the same form as `biz_step`.
    pub disposition: Option<String>,
    /// `persistentDisposition.set`, in the same form as `biz_step`.
    pub persistent_set: Vec<String>,
    /// `persistentDisposition.unset`, in the same form as `biz_step`.
    pub persistent_unset: Vec<String>,
    /// `readPoint.id`.
    pub read_point: Option<String>,
    /// `bizLocation.id`.
    pub biz_location: Option<String>,
    /// `parentID` of an aggregation, association or transaction event.
    pub parent_id: Option<String>,
    /// `epcList` of an object or transaction event.
    pub epcs: Vec<String>,
    /// `childEPCs` of an aggregation or association event.
    pub child_epcs: Vec<String>,
    /// `inputEPCList` of a transformation event.
    pub input_epcs: Vec<String>,
    /// `outputEPCList` of a transformation event.
    pub output_epcs: Vec<String>,
    /// `quantityList` of an object or transaction event.
    pub quantities: Vec<Quantity>,
    /// `childQuantityList` of an aggregation or association event.
    pub child_quantities: Vec<Quantity>,
    /// `inputQuantityList` of a transformation event.
    pub input_quantities: Vec<Quantity>,
    /// `outputQuantityList` of a transformation event.
    pub output_quantities: Vec<Quantity>,
    /// `transformationID`, which joins transformation events that belong together.
    pub transformation_id: Option<String>,
    /// `bizTransactionList`.
    pub biz_transactions: Vec<Party>,
    /// `sourceList`.
    pub sources: Vec<Party>,
    /// `destinationList`.
    pub destinations: Vec<Party>,
    /// `errorDeclaration`: this event says that an earlier one with the same content was wrong.
    pub error_declaration: Option<ErrorDeclaration>,
    /// Whether the event carries instance or lot master data (`ilmd`).
    pub has_ilmd: bool,
    /// Whether the event carries sensor data (`sensorElementList` is not empty).
    pub has_sensor_data: bool,
}

/// The event types of EPCIS 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `ObjectEvent`: what happened to objects.
    Object,
    /// `AggregationEvent`: objects were put into, or taken out of, a parent.
    Aggregation,
    /// `TransactionEvent`: objects were tied to business transactions.
    Transaction,
    /// `TransformationEvent`: inputs were used up, outputs were made.
    Transformation,
    /// `AssociationEvent`: objects were attached to a place or an asset.
    Association,
    /// An event type of a private vocabulary. The standard fixes its common fields only, so no
    /// other field is read; the hash still covers all of them.
    Extended,
}

/// `action` (EPCIS 2.0 section 7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `ADD`: the life of the objects, or of their relation, begins.
    Add,
    /// `OBSERVE`: it goes on.
    Observe,
    /// `DELETE`: it ends.
    Delete,
}

/// A quantity of a class of objects, such as kilograms of a lot (EPCIS 2.0 section 7.3.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// `epcClass`.
    pub epc_class: String,
    /// `quantity`: the number's text as written; absent when unknown.
    pub quantity: Option<String>,
    /// `uom`: unit of measure of UN/CEFACT Recommendation 20; absent for a count.
    pub uom: Option<String>,
}

/// An entry of `sourceList`, `destinationList` or `bizTransactionList`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// `type`: bare word of the CBV, such as `owning_party` or `po`, or the URI of a private
    /// vocabulary; optional for business transactions only.
    pub kind: Option<String>,
    /// The identifier of the party, place or transaction.
    pub id: String,
}

/// `errorDeclaration` (EPCIS 2.0 section 7.4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// `reason`: bare word of the CBV or the URI of a private vocabulary.
    pub reason: Option<String>,
    /// `correctiveEventIDs`: the events that stand instead.
    pub corrective_event_ids: Vec<String>,
    /// `declarationTime` in milliseconds since 1970-01-01T00:00:00Z.
    pub declaration_time_ms: i64,
}
