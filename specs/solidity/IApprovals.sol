// SPDX-License-Identifier: Apache-2.0
// Generated from crates/modules; do not edit.
pragma solidity ^0.8.24;

/// Four eyes: an organisation can require that an operation of any module is made by one
/// person, checked by a second and approved by a third.
///
/// Times are milliseconds since 1970-01-01T00:00:00Z. Cursors begin at 0; the `next` of a page
/// is the cursor of the next one, and 0 after the last. A `limit` of 0, or one above 256, means
/// 256. Permissions `Check` and `Approve` are those of `IIdentity`.
interface IApprovals {
    /// Where an operation is. All but `Pending` are final.
    enum State { None, Pending, Executed, Rejected, Withdrawn, Expired }

    /// What a person does for an operation.
    enum Stage { None, Make, Check, Approve }

    /// Up to which amount who holds a role may act in a stage. Where a rule has limits for a
    /// stage, whoever acts in it must hold a role with a limit that is not below the amount.
    struct Limit {
        Stage stage;
        uint8 role;
        uint256 amount;
    }

    /// What an organisation requires.
    struct Rule {
        address module;
        /// The operation; zero for all operations of the module that have no rule of their own.
        bytes4 selector;
        /// Whether a second person checks before the last one approves.
        bool checked;
        /// Which word of the arguments is the amount, from 0; 255 where none is.
        uint8 amountWord;
        /// Milliseconds after which a pending operation expires.
        uint64 expiry;
        /// At most 16; none where no word is the amount.
        Limit[] limits;
    }

    /// A rule in force.
    struct RuleEntry {
        uint64 id;
        uint64 organisation;
        /// Operation that set it, and when.
        uint64 operation;
        uint64 since;
        Rule rule;
    }

    /// An operation and everybody who acted on it. A principal is the person who delegated, or
    /// the actor.
    struct Operation {
        uint64 id;
        uint64 organisation;
        State state;
        address module;
        /// The call, byte by byte.
        bytes input;
        /// The rule that requires approval; 0 for a first rule itself.
        uint64 rule;
        bool checked;
        address maker;
        address checker;
        address checkerPrincipal;
        address approver;
        address approverPrincipal;
        uint64 made;
        uint64 expires;
        uint64 closed;
        /// Who rejected it, and why.
        address rejecter;
        string reason;
    }

    /// A delegation of a right.
    struct Delegation {
        address delegate;
        uint64 until;
    }

    /// Proposes a rule in place of the present one. It holds when it is approved as the
    /// stricter of the two rules says, the approver within the highest limit of the present
    /// one. Permission `ManageRoles`.
    function setRule(Rule calldata rule) external returns (uint64 id);

    /// Proposes to remove a rule. It is approved as the rule itself says, within its highest
    /// limit. Permission `ManageRoles`.
    function removeRule(address module, bytes4 selector) external returns (uint64 id);

    /// Proposes a call of a module; it is made in the caller's name when it is approved.
    function propose(address module, bytes calldata input) external returns (uint64 id);

    /// Checks an operation: in one's own right (`principal` zero or the caller) or for the
    /// person who delegated. Permission `Check`.
    function check(uint64 id, address principal) external;

    /// Approves an operation, which is executed at once. Where the module refuses, nothing
    /// happens, and the operation stays pending. Permission `Approve`.
    function approve(uint64 id, address principal) external returns (bytes memory output);

    /// Rejects an operation. Permission `Check` or `Approve`.
    function reject(uint64 id, string calldata reason) external;

    /// Withdraws an operation. Only by its maker.
    function withdraw(uint64 id) external;

    /// Takes an expired operation off the lists. By anybody.
    function expire(uint64 id) external;

    /// Lets another account of the organisation check or approve in the caller's place until a
    /// time, at most 366 days ahead. It replaces the stage's earlier delegation; a time that is
    /// not in the future ends it.
    function delegate(Stage stage, address account, uint64 until) external;

    /// One operation.
    function operation(uint64 id) external view returns (Operation memory operation);

    /// Pending operations of an organisation, in no order; expired ones stay until taken off.
    function pending(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (Operation[] memory list, uint256 next);

    /// Operations of an organisation, newest first.
    function operations(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (Operation[] memory list, uint256 next);

    /// Rules of an organisation, in no order.
    function rules(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (RuleEntry[] memory list, uint256 next);

    /// The rule that an account's call would meet; id 0 where it would meet none.
    function ruleFor(address account, address module, bytes4 selector)
        external view returns (RuleEntry memory entry);

    /// To whom an account has delegated a stage.
    function delegation(address account, Stage stage)
        external view returns (Delegation memory delegation);

    /// An operation waits for approval.
    event OperationProposed(
        uint64 indexed id, uint64 indexed organisation, address indexed maker, address module,
        bytes input, uint64 expires
    );
    /// A person checked or approved.
    event OperationPassed(
        uint64 indexed id, address indexed account, address indexed principal, Stage stage
    );
    /// It was executed in the maker's name.
    event OperationExecuted(uint64 indexed id, address indexed maker, bytes output);
    /// It was rejected.
    event OperationRejected(uint64 indexed id, address indexed account, string reason);
    /// Its maker withdrew it.
    event OperationWithdrawn(uint64 indexed id, address indexed account);
    /// It expired and was taken off the lists.
    event OperationExpired(uint64 indexed id);
    /// A rule was set.
    event RuleSet(uint64 indexed organisation, uint64 indexed id, Rule rule);
    /// A rule was removed or replaced.
    event RuleRemoved(uint64 indexed organisation, uint64 indexed id);
    /// A right was delegated; `until` is 0 where the delegation ended.
    event Delegated(
        address indexed principal, address indexed account, Stage stage, uint64 until
    );

    /// The caller's organisation requires approval for this operation: propose it here.
    error ApprovalNeeded(uint64 organisation, address module, bytes4 selector, uint64 rule);
    /// Nothing requires approval for this operation: call the module itself.
    error NoRule(uint64 organisation, address module, bytes4 selector);
    /// The caller is no active member of an organisation.
    error NotMember(address account);
    /// The operation belongs to another organisation.
    error OtherOrganisation(uint64 id, uint64 organisation);
    /// No such operation.
    error UnknownOperation(uint64 id);
    /// The operation is not pending.
    error NotPending(uint64 id, State state);
    /// The operation has expired: propose it again.
    error Expired(uint64 id, uint64 expires, uint64 time);
    /// The operation has not expired.
    error NotExpired(uint64 id, uint64 expires, uint64 time);
    /// The person acted on this operation before, in person or by delegation.
    error SamePerson(uint64 id, address account);
    /// The operation must be checked first.
    error NotChecked(uint64 id);
    /// The operation needs no check, or has one.
    error NothingToCheck(uint64 id);
    /// The rule has changed since the operation was proposed: propose it again.
    error RuleChanged(uint64 id, uint64 rule, uint64 present);
    /// None of the person's roles reaches this amount in this stage.
    error AboveLimit(address account, Stage stage, uint256 amount);
    /// The account may not act in this stage for that person.
    error NotDelegate(address account, address principal, Stage stage);
    /// Who made or checked the operation has lost the right to it.
    error RightLost(uint64 id, address account);
    /// Only the maker withdraws.
    error NotMaker(uint64 id, address maker, address account);
    /// The address is no module, or one that no rule can be for.
    error NotModule(address module);
    /// The call is too short to hold a selector, or the amount.
    error InputTooShort(uint256 length, uint256 needed);
    /// The rule contradicts itself.
    error InvalidRule(string field, string reason);
    /// A rejection needs a reason.
    error ReasonMissing();
    /// A right is delegated to another active account of the same organisation, for checking or
    /// approving, for at most 366 days.
    error InvalidDelegation(address account, string reason);
    /// The policy of the chain or the organisation refuses the call.
    error PolicyRefuses(uint8 code, string reason);
}
