//! The Solidity interface of Trace.

alloy_sol_types::sol! {
    /// The journey of goods in GS1 EPCIS 2.0: who holds what, where it comes from and where it
    /// went.
    ///
    /// An `id` is an EPC, an EPC class or a party as URN or as GS1 Digital Link; both spellings of
    /// one thing are the same thing. Times are milliseconds since 1970-01-01T00:00:00Z. Cursors
    /// begin at 0; the `next` of a page is the cursor of the next one, and 0 after the last. A
    /// `limit` of 0, or one above 256, means 256. Custodians, commissioners, holders and parties
    /// are addresses of organisations (`IIdentity.organisationAddress`) where the submitter acted
    /// for one, else accounts.
    #[sol(abi)]
    #[derive(Debug, PartialEq, Eq)]
    interface ITrace {
        /// The event types of EPCIS 2.0 (section 7.4); `Extended` is one of a private vocabulary
        /// and names no items.
        enum EventKind {
            None, Object, Aggregation, Transaction, Transformation, Association, Extended
        }

        /// What an id names. `Instance`: one thing. `Lot`: a divisible quantity with a lot number,
        /// which several accounts may hold at once. `Kind`: a product or pattern without a lot;
        /// nobody holds it.
        enum Level { None, Instance, Lot, Kind }

        /// `InTransit`: shipped and not yet received; the shipper stays custodian. `Consumed`:
        /// input of a transformation. An instance that is Consumed, Decommissioned or Destroyed
        /// accepts nothing more.
        enum Status { None, Active, InTransit, Consumed, Decommissioned, Destroyed }

        /// How the item came onto the chain. `Unverified`: mid-journey, without commissioning, its
        /// custodian is the first submitter; or its beginning was declared wrong and not said
        /// again. `Commissioned`: by an event with action ADD. `Transformed`: as output of a
        /// transformation.
        enum Origin { None, Unverified, Commissioned, Transformed }

        /// How a relative is related: through a transformation, or as content and container.
        enum Relation { None, Transformation, Aggregation, Association }

        /// What the chain keeps about an event. The document itself is in the log
        /// `DocumentCaptured`.
        struct EventRecord {
            bytes32 eventHash;
            EventKind kind;
            address submitter;
            /// When and where it was captured: block time, height, and its number among all events,
            /// from 1.
            uint64 time;
            uint64 height;
            uint64 sequence;
            /// Its submitter declared it to be an error, at this block time (0 where not).
            /// `takenBack`: all that it had done was undone; false where something had happened
            /// since to one of its items, which then stayed as it was.
            bool erroneous;
            bool takenBack;
            uint64 declaredTime;
            /// The organisation that the submitter acted for; 0 where it acted for itself.
            uint64 organisation;
        }

        /// Everything that is said about an item now.
        struct Item {
            /// The canonical spelling and its keccak-256.
            string id;
            bytes32 key;
            Level level;
            Status status;
            Origin origin;
            /// Whether the item and all goods that it was made from or contains came onto the chain
            /// by commissioning.
            bool originVerified;
            /// Who answers for it: for contents of a container, the container's custodian; zero for
            /// a `Lot` (see `holders`) and for a `Kind`.
            address custodian;
            /// Who brought it into being on the chain and may recall it; zero where nobody did.
            address commissioner;
            /// What it is in now, directly; empty where it stands alone.
            string container;
            /// While in transit: the party that the shipping named (empty where it named none) and
            /// its account, if any.
            string receiver;
            address receiverAccount;
            /// A recall of the item itself, of anything it was made from or contains, or of a
            /// container that it is in. The first one found, nearest first; `recalls` lists all.
            bool recalled;
            string recalledId;
            string recallReason;
            /// False where the search stopped at its limit: then `recalled == false` and
            /// `originVerified == true` are not certain.
            bool complete;
            uint64 events;
            uint64 firstTime;
            uint64 lastTime;
        }

        /// One step of a journey. `item` is the id under which it was recorded: the item itself, or
        /// a container that it was in.
        struct Step {
            bytes32 eventHash;
            string item;
            EventKind kind;
            address submitter;
            uint64 time;
            uint64 height;
            uint64 sequence;
            bool erroneous;
        }

        /// A relative of an item, in breadth-first order: how many steps away, how, by which event.
        struct Relative {
            string id;
            Level level;
            Origin origin;
            uint32 distance;
            Relation relation;
            bytes32 eventHash;
            /// For content and container: whether it is still inside. True for a transformation.
            bool current;
            /// Whether this relative itself is recalled.
            bool recalled;
        }

        /// A recall. `via` is set where goods left a recalled container: the recall went with them.
        struct Recall {
            string id;
            address commissioner;
            uint64 time;
            uint64 height;
            string reason;
            string via;
        }

        /// Captures an EPCIS 2.0 document (JSON-LD), or a single event, exactly as written. All of
        /// its events are recorded or none. Returns the standard event hash (CBV 2.0, section 8.9)
        /// of each, in order; an event that was captured before changes nothing and is reported by
        /// `DuplicateCaptured`.
        function capture(bytes calldata document) external returns (bytes32[] memory eventHashes);

        /// Recalls an item or a lot with everything that came from it. Only by its commissioner, or
        /// who acts for it.
        function recall(string calldata id, string calldata reason) external;

        /// Binds a party id (PGLN, SGLN, or any other URI that documents use for a party) to the
        /// caller's organisation, or to the caller where it acts for none. First come, first
        /// served; a binding stays. An address is a party without that: as
        /// `did:qiantang:<chain id>:<address>`, `did:pkh:eip155:<chain id>:<address>` or
        /// `did:ethr:<address>`.
        function registerParty(string calldata partyId) external;

        /// The hashes that `capture` would return, without capturing.
        function eventHashes(bytes calldata document)
            external view returns (bytes32[] memory hashes);

        /// The canonical spelling of an id and its key in events and storage.
        function canonicalId(string calldata id)
            external view returns (string memory canonical, bytes32 key);

        /// What is recorded about an event.
        function eventRecord(bytes32 eventHash) external view returns (EventRecord memory record);

        /// What is known about an item now.
        function item(string calldata id) external view returns (Item memory item);

        /// The journey of an item in the order of the chain: its own events and, for an instance,
        /// those of the containers while it was inside.
        function story(string calldata id, uint256 cursor, uint256 limit)
            external view returns (Step[] memory steps, uint256 next);

        /// What an item came from: inputs of transformations, contents of containers. `complete` is
        /// false where the walk stopped at its limit of 4096 relatives.
        function ancestors(string calldata id, uint256 cursor, uint256 limit)
            external view returns (Relative[] memory relatives, uint256 next, bool complete);

        /// Where an item went: outputs of transformations, containers that it was put in.
        function descendants(string calldata id, uint256 cursor, uint256 limit)
            external view returns (Relative[] memory relatives, uint256 next, bool complete);

        /// All recalls that reach an item.
        function recalls(string calldata id, uint256 cursor, uint256 limit)
            external view returns (Recall[] memory list, uint256 next, bool complete);

        /// Organisations and accounts that hold a lot outside of containers, or the custodian of an
        /// instance.
        function holders(string calldata id, uint256 cursor, uint256 limit)
            external view returns (address[] memory accounts, uint256 next);

        /// What is inside a container now, directly.
        function contents(string calldata id, uint256 cursor, uint256 limit)
            external view returns (string[] memory ids, uint256 next);

        /// The account of a party id, and since when; zero where nobody has registered it.
        function party(string calldata partyId)
            external view returns (address account, uint64 time);

        /// The party ids of an account; an account has at most 16.
        function partiesOf(address account) external view returns (string[] memory ids);

        /// A document with at least one new event, exactly as submitted. `documentHash` is its
        /// SHA-256.
        event DocumentCaptured(
            bytes32 indexed documentHash, address indexed submitter, bytes document
        );
        /// An event of that document.
        event EventCaptured(
            bytes32 indexed eventHash, address indexed submitter, bytes32 indexed documentHash,
            EventKind kind, uint64 sequence
        );
        /// The event was captured before; nothing changed.
        event DuplicateCaptured(
            bytes32 indexed eventHash, address indexed submitter, address firstSubmitter
        );
        /// What an event did to an item. For a lot, `custodian` is whose holding it changed.
        event ItemChanged(
            bytes32 indexed item, bytes32 indexed eventHash,
            string id, Status status, address custodian
        );
        /// Custody moved by receiving.
        event CustodyMoved(bytes32 indexed item, address indexed from, address indexed to);
        /// The submitter declared an event to be an error.
        event ErrorDeclared(bytes32 indexed eventHash, address indexed submitter, bool takenBack);
        /// A recall.
        event Recalled(
            bytes32 indexed item, address indexed commissioner, string id, string reason
        );
        /// A party id was bound to an account.
        event PartyRegistered(bytes32 indexed party, address indexed account, string id);

        /// The document breaks the standard: the field's path, and why.
        error InvalidDocument(string field, string reason);
        /// An event by somebody who does not hold the item.
        error NotCustodian(string item, address custodian, address caller);
        /// An event by somebody who does not hold the lot.
        error NotHolder(string lot, address caller);
        /// Receiving by somebody other than the named party.
        error NotReceiver(string item, string receiver, address caller);
        /// The item is inside a container and moves only with it.
        error Aggregated(string item, string container);
        /// The container belongs to the organisation and the goods to the account itself, or the
        /// other way round: ship and receive them first.
        error MixedCustody(
            string item, address custodian, string container, address containerCustodian
        );
        /// The item is inside another container than the event says.
        error NotInside(string item, string container);
        /// The container still has contents: take them out first.
        error NotEmpty(string item, uint256 contents);
        /// The item is consumed, decommissioned or destroyed.
        error Ended(string item, Status status);
        /// The item exists already.
        error AlreadyCommissioned(string item, address commissioner);
        /// The chain is strict, and the item was never commissioned on it.
        error OriginUnverified(string item);
        /// Containers would contain themselves, or more than 16 deep.
        error ContainerDepth(string item, string container);
        /// The transformation id belongs to another account.
        error NotTransformer(string transformationId, address transformer, address caller);
        /// Only who acts for the organisation of an event, or for its submitter where it acted for
        /// itself, may declare it to be an error.
        error NotSubmitter(bytes32 eventHash, address submitter, address caller);
        /// Only the commissioner may recall; zero where the origin is unverified, then nobody may.
        error NotCommissioner(string item, address commissioner, address caller);
        /// The item is recalled already.
        error AlreadyRecalled(string item);
        /// Nothing is recorded under this id.
        error UnknownItem(string id);
        /// No event with this hash was captured.
        error UnknownEvent(bytes32 eventHash);
        /// The text is no id: empty, too long, or no URI.
        error InvalidId(string id);
        /// A recall needs a reason.
        error ReasonMissing();
        /// The party id is bound to another organisation or account.
        error PartyTaken(string partyId, address account);
    }
}
