// SPDX-License-Identifier: Apache-2.0
// Generated from crates/modules; do not edit.
pragma solidity ^0.8.24;

/// Rules that every transaction and every regulated transfer must satisfy, and the orders of
/// appointed regulators.
///
/// Times are milliseconds since 1970-01-01T00:00:00Z; days and months are those of UTC. Cursors
/// begin at 0; the `next` of a page is the cursor of the next one, and 0 after the last. A
/// `limit` of 0, or one above 256, means 256. Organisation 0 stands for the accounts that
/// belong to none, the guests.
interface IPolicy {
    /// Whom a rule is about, from the widest to the narrowest. `Guests` and `Members` are
    /// equally wide; `Role` is a role in whatever organisation, `OrganisationRole` the role of
    /// one.
    enum Subject { None, Everyone, Guests, Members, Role, Organisation, OrganisationRole }

    /// What an order does. `FreezeAccount`: the account sends nothing but challenges and calls
    /// of Governance, and nothing moves out of it. `FreezeContract`: nobody calls it. `Limit`:
    /// no more than `amount` a day moves out of the account, of each token. `Review`: more than
    /// `amount` moves out only after the regulator approved that very transfer.
    /// `ForcedTransfer`: the token moves `amount` to `to`, once.
    enum OrderKind { None, FreezeAccount, FreezeContract, Limit, Review, ForcedTransfer }

    /// Where an order is in its life. `Expired`: its end date has passed.
    enum OrderStatus { None, InForce, Released, Lifted, Used, Expired }

    /// What became of a challenge.
    enum ChallengeStatus { None, Open, Upheld, Lifted }

    /// The lists of a transfer policy.
    enum ListKind { None, Allow, Deny }

    /// A rule. It is known by its target, selector and subject; setting it again replaces
    /// `allow` and `deny`, which are sets of actions: 1 send value without a call, 2 deploy, 4
    /// call. A rule that neither allows nor denies is removed.
    struct Rule {
        /// Contract or account that it is about; zero for every one, and for deployments.
        address target;
        /// Whether it is about one function only, and its selector.
        bool hasSelector;
        bytes4 selector;
        Subject subject;
        /// For the subjects `Organisation` and `OrganisationRole`.
        uint64 organisation;
        /// For the subjects `Role` and `OrganisationRole`.
        uint8 role;
        uint8 allow;
        uint8 deny;
    }

    /// Limits of one member, in place of the chain's parameters. For each: 0 is the parameter,
    /// the largest number is no limit.
    struct Quota {
        uint64 gasPerBlock;
        uint64 gasPerDay;
        uint64 bytesPerBlock;
        uint64 bytesPerDay;
    }

    /// What a member has used: of the block that is being made, and of the day.
    struct Usage {
        uint64 gasInBlock;
        uint64 gasInDay;
        uint64 bytesInBlock;
        uint64 bytesInDay;
    }

    /// The conditions of a transfer policy; all that are set must hold. The zero address (the
    /// other side of a mint or burn) is not asked for lists and levels.
    struct Terms {
        /// Both parties must be on the allow list, themselves or their organisation's address.
        bool allowListed;
        /// Neither party may be on the deny list, itself or its organisation's address.
        bool denyListed;
        /// Verification level that both parties must have at least; 0 for none.
        uint8 level;
        /// Amounts that one account may send of one token; 0 for no limit.
        uint128 perTransfer;
        uint128 perDay;
        uint128 perMonth;
        /// Kind of reference that a transfer must carry, such as `CINV` for a commercial
        /// invoice in ISO 20022; 0 for none, 0xffffffff for any.
        bytes4 remittance;
    }

    /// A transfer policy.
    struct TransferPolicy {
        uint64 id;
        /// Organisation that administers it.
        uint64 owner;
        string name;
        Terms terms;
    }

    /// What a transfer refers to: the kind, and the document's number or text.
    struct Remittance {
        bytes4 kind;
        string text;
    }

    /// The appointment of a regulator.
    struct Appointment {
        uint64 id;
        uint64 organisation;
        /// Its reach: every jurisdiction that begins with this; empty for the whole chain,
        /// accounts without an organisation included.
        string jurisdiction;
        /// Set of powers: 1 freeze accounts, 2 freeze contracts, 4 limit, 8 require review, 16
        /// force transfers.
        uint256 powers;
        uint64 since;
        uint64 until;
        /// When it was dismissed; 0 where it was not.
        uint64 dismissed;
        /// Whether it holds now.
        bool serving;
    }

    /// What a regulator orders.
    struct NewOrder {
        OrderKind kind;
        /// Account or contract that it concerns.
        address target;
        /// Token of a forced transfer. For `Limit` and `Review` the only token that it is
        /// about; zero for every token.
        address token;
        /// Who receives a forced transfer.
        address to;
        /// Limit, threshold or amount.
        uint256 amount;
        /// When it ends by itself, at most five years ahead.
        uint64 until;
        /// Hash of the decision's document.
        bytes32 documentHash;
        /// The law and the decision that it stands on.
        string legalBasis;
    }

    /// An order, with everything that was said about it.
    struct Order {
        uint64 id;
        OrderKind kind;
        OrderStatus status;
        address target;
        address token;
        address to;
        uint256 amount;
        /// Appointment under which it was issued; 0 for one of Governance.
        uint64 appointment;
        uint64 organisation;
        uint64 issued;
        uint64 until;
        /// When it was released, lifted or used; 0 where it was not.
        uint64 ended;
        bytes32 documentHash;
        string legalBasis;
        string endReason;
        /// Jurisdiction of the target when it was issued.
        string jurisdiction;
        Challenge challenge;
    }

    /// A challenge of an order.
    struct Challenge {
        ChallengeStatus status;
        address by;
        uint64 time;
        string grounds;
        /// The authority that decided, when, and why.
        uint64 authority;
        uint64 decided;
        string reason;
    }

    /// One transfer that a regulator looks at under a `Review` order.
    struct ReviewedTransfer {
        address token;
        address to;
        uint256 amount;
        Remittance remittance;
    }

    /// Sets or removes a rule of the whole chain. Only by Governance.
    function setRule(Rule calldata rule) external;

    /// Sets or removes a rule of the caller's organisation for its own accounts; it cannot
    /// allow what the chain denies. Needs `ManagePolicy`.
    function setOwnRule(Rule calldata rule) external;

    /// Sets what a member may use in place of the parameters. Only by Governance.
    function setQuota(uint64 organisation, Quota calldata quota) external;

    /// Appoints an organisation as regulator. Only by Governance.
    function appointRegulator(
        uint64 organisation, string calldata jurisdiction, uint256 powers, uint64 until
    ) external returns (uint64 appointment);

    /// Ends an appointment. Its orders stay until they end, are released by a regulator with
    /// the same reach and power, or are lifted. Only by Governance.
    function dismissRegulator(uint64 appointment) external;

    /// Names who decides challenges of orders on targets of a jurisdiction and of every
    /// jurisdiction that begins with it and has none of its own; 0 for nobody. Only by
    /// Governance.
    function setReviewAuthority(uint64 organisation, string calldata jurisdiction) external;

    /// Freezes a contract until Governance unfreezes it. Only by Governance.
    function freezeContract(address target, string calldata reason) external;

    /// Ends what `freezeContract` began; orders of regulators stay. Only by Governance.
    function unfreezeContract(address target) external;

    /// Says which organisation answers for a contract; 0 for none. Only by Governance.
    function setContractOrganisation(address target, uint64 organisation) external;

    /// Says that the caller's organisation answers for a contract that the caller deployed by a
    /// transaction with this nonce. Needs `Deploy`.
    function registerContract(address target, uint64 nonce) external;

    /// Issues an order under an appointment of the caller's organisation. Needs `Regulate`.
    function issueOrder(uint64 appointment, NewOrder calldata order)
        external returns (uint64 id);

    /// Ends an order: by the appointment that issued it or, when that has ended, by another
    /// with the same reach and power. Needs `Regulate`.
    function releaseOrder(uint64 id, uint64 appointment, string calldata reason) external;

    /// Lets one transfer pass a `Review` order, once. By whom `releaseOrder` is allowed.
    function approveTransfer(
        uint64 id, uint64 appointment, ReviewedTransfer calldata transfer
    ) external;

    /// Challenges an order, once: by the account itself, by a contract itself, or by a member
    /// of its organisation with `ManagePolicy`. The order stays in force until the review
    /// authority lifts it.
    function challengeOrder(uint64 id, string calldata grounds) external;

    /// Upholds or lifts a challenged order. By the review authority; needs `Regulate`.
    function decideChallenge(uint64 id, bool lift, string calldata reason) external;

    /// Takes a forced transfer, once. Only by the token that the order names, which then moves
    /// the amount.
    function takeForcedTransfer(uint64 id)
        external returns (address from, address to, uint256 amount);

    /// Makes a transfer policy of the caller's organisation. Needs `ManagePolicy`.
    function createPolicy(string calldata name, Terms calldata terms)
        external returns (uint64 policy);

    /// Changes the conditions. By the owner; needs `ManagePolicy`.
    function changePolicy(uint64 policy, Terms calldata terms) external;

    /// Puts accounts (or organisations' addresses) on a list or takes them off, at most 256 at
    /// a time. By the owner; needs `ManagePolicy`.
    function setListed(
        uint64 policy, ListKind list, address[] calldata accounts, bool listed
    ) external;

    /// Says whether a token may use the policy; its counters begin at zero. By the owner; needs
    /// `ManagePolicy`.
    function setToken(uint64 policy, address token, bool registered) external;

    /// Reverts with `TransferRefused` where a transfer of the calling token would be refused.
    function checkTransfer(
        uint64 policy, address from, address to, uint256 amount, Remittance calldata remittance
    ) external view;

    /// Checks a transfer of the calling token and counts it against the limits. The token calls
    /// it in every transfer.
    function recordTransfer(
        uint64 policy, address from, address to, uint256 amount, Remittance calldata remittance
    ) external;

    /// May this account do this now, and if not, why? `account` is the one that signs; `target`
    /// zero asks for a deployment, `selector` zero for sending without a call; `size` is the
    /// transaction's bytes. The node asks the same before it takes a transaction.
    function mayAct(
        address account, address target, bytes4 selector, uint64 gas, uint64 size
    ) external view returns (bool allowed, uint8 code, string memory reason);

    /// May this transfer of a token be made now, and if not, why?
    function mayTransfer(
        uint64 policy, address token, address from, address to, uint256 amount,
        Remittance calldata remittance
    ) external view returns (bool allowed, uint8 code, string memory reason);

    /// Rules about a target, of the chain (organisation 0) or of an organisation; target zero
    /// for those about every one.
    function rules(uint64 organisation, address target, uint256 cursor, uint256 limit)
        external view returns (Rule[] memory list, uint256 next);

    /// What a member may use, and has used. 0 in `quota` is no limit.
    function quotaOf(uint64 organisation)
        external view returns (Quota memory quota, Usage memory usage);

    /// An appointment.
    function appointment(uint64 id) external view returns (Appointment memory appointment);

    /// Every appointment, in order.
    function appointments(uint256 cursor, uint256 limit)
        external view returns (Appointment[] memory list, uint256 next);

    /// Who decides challenges of orders on targets of a jurisdiction; 0 for nobody.
    function reviewAuthority(string calldata jurisdiction)
        external view returns (uint64 organisation);

    /// An order.
    function order(uint64 id) external view returns (Order memory order);

    /// Every order on an account or contract, from the first on.
    function ordersOf(address target, uint256 cursor, uint256 limit)
        external view returns (Order[] memory list, uint256 next);

    /// Which organisation answers for a contract; 0 where nobody said it.
    function contractOrganisation(address target) external view returns (uint64 organisation);

    /// Whether an order freezes the address as account, and as contract.
    function isFrozen(address target)
        external view returns (bool asAccount, bool asContract);

    /// A transfer policy.
    function transferPolicy(uint64 id) external view returns (TransferPolicy memory policy);

    /// Accounts on a list of a transfer policy.
    function listed(uint64 policy, ListKind list, uint256 cursor, uint256 limit)
        external view returns (address[] memory accounts, uint256 next);

    /// Tokens that may use a transfer policy.
    function tokens(uint64 policy, uint256 cursor, uint256 limit)
        external view returns (address[] memory list, uint256 next);

    /// What an account has sent of a token under a policy, today and in this month.
    function spent(uint64 policy, address token, address account)
        external view returns (uint256 today, uint256 thisMonth);

    /// A rule was set or, without actions, removed; organisation 0 is the chain.
    event RuleSet(
        uint64 indexed organisation, address indexed target, Rule rule, address by
    );
    /// A member's quota was set.
    event QuotaSet(uint64 indexed organisation, Quota quota);
    /// A regulator was appointed.
    event RegulatorAppointed(
        uint64 indexed appointment, uint64 indexed organisation, string jurisdiction,
        uint256 powers, uint64 until
    );
    /// A regulator was dismissed.
    event RegulatorDismissed(uint64 indexed appointment, uint64 indexed organisation);
    /// Who decides challenges was set.
    event ReviewAuthoritySet(uint64 indexed organisation, string jurisdiction);
    /// An organisation answers for a contract.
    event ContractOrganisationSet(address indexed target, uint64 indexed organisation);
    /// An order was issued. `organisation` is the regulator, 0 for Governance.
    event OrderIssued(
        uint64 indexed id, address indexed target, uint64 indexed organisation, OrderKind kind,
        uint64 until, bytes32 documentHash, string legalBasis
    );
    /// An order ended before its end date.
    event OrderEnded(
        uint64 indexed id, address indexed target, OrderStatus status, string reason
    );
    /// An order was challenged.
    event OrderChallenged(
        uint64 indexed id, address indexed target, address indexed by, string grounds
    );
    /// The review authority decided.
    event ChallengeDecided(
        uint64 indexed id, address indexed target, uint64 indexed authority, bool lifted,
        string reason
    );
    /// A transfer may pass a `Review` order, once.
    event TransferApproved(
        uint64 indexed id, address indexed target, address indexed token, address to,
        uint256 amount, bytes4 kind, string text
    );
    /// A transfer policy was made or changed.
    event PolicySet(uint64 indexed policy, uint64 indexed owner, string name, Terms terms);
    /// Accounts were put on a list or taken off.
    event Listed(
        uint64 indexed policy, ListKind indexed list, bool listed, address[] accounts
    );
    /// A token may use a policy, or no more.
    event TokenSet(uint64 indexed policy, address indexed token, bool registered);

    /// Only Governance may do this.
    error NotGovernance(address caller);
    /// An argument is not what it must be: which, and why.
    error InvalidArgument(string field, string reason);
    /// There is no such organisation, or it is no longer active.
    error UnknownOrganisation(uint64 organisation);
    /// There is no such appointment.
    error UnknownAppointment(uint64 appointment);
    /// The appointment is another organisation's.
    error NotAppointed(uint64 appointment, uint64 organisation, address caller);
    /// The appointment has ended.
    error AppointmentEnded(uint64 appointment, uint64 time);
    /// The appointment does not give this power.
    error PowerMissing(uint64 appointment, uint256 power);
    /// The target is outside of the appointment's jurisdiction.
    error OutOfScope(uint64 appointment, address target, string scope, string jurisdiction);
    /// No order can be issued on this target.
    error ProtectedTarget(address target, string reason);
    /// There is no such order.
    error UnknownOrder(uint64 id);
    /// The order has ended.
    error OrderNotInForce(uint64 id, OrderStatus status);
    /// The appointment that issued the order still holds, and only it may do this.
    error NotIssuer(uint64 id, uint64 appointment);
    /// Only whom the order concerns may challenge it.
    error NotConcerned(uint64 id, address caller);
    /// An order is challenged once.
    error AlreadyChallenged(uint64 id);
    /// There is no open challenge.
    error NotChallenged(uint64 id);
    /// Somebody else decides, or nobody (0).
    error NotReviewAuthority(uint64 id, uint64 authority, address caller);
    /// Only the token that the order names may take it.
    error NotTokenOfOrder(uint64 id, address token, address caller);
    /// Governance has frozen it already.
    error AlreadyFrozen(address target);
    /// Governance has not frozen it.
    error NotFrozen(address target);
    /// The contract's address does not come from the caller and this nonce.
    error NotDeployer(address target, address caller, uint64 nonce);
    /// Another organisation answers for the contract.
    error AlreadyRegistered(address target, uint64 organisation);
    /// There is no such transfer policy.
    error UnknownPolicy(uint64 policy);
    /// The transfer policy is another organisation's.
    error NotOwner(uint64 policy, uint64 owner, address caller);
    /// The transfer is refused: a code as `mayTransfer` gives it, and the reason.
    error TransferRefused(uint64 policy, uint8 code, string reason);
}
