import Kafka
import Models
import Storage

/// An order on its way through this process, with the record whose offset waits for it.
struct PendingOrder: Sendable {
    let order: DispatchOrder
    let record: ConsumedRecord
}

/// Who may send now: a plain value that answers what to do. Senders take turns; each has a bounded number of calls
/// in flight, so that one that is slow or has a long queue holds back nobody else.
struct DispatchState: Sendable {
    private var pending: FairQueue<SenderID, PendingOrder>
    private var inFlight: [SenderID: Int] = [:]
    private var inFlightMaxOfSender: [SenderID: Int] = [:]
    private(set) var inFlightTotal = 0
    private let inFlightMax: Int
    private let pendingMax: Int
    private let inFlightMaxStandard: Int

    init(inFlightMax: Int, pendingMax: Int, inFlightMaxStandard: Int = 64) {
        self.inFlightMax = inFlightMax
        self.pendingMax = pendingMax
        self.inFlightMaxStandard = inFlightMaxStandard
        pending = FairQueue(flowItemsMax: pendingMax)
    }

    var pendingCount: Int { pending.count }
    var isFull: Bool { pending.count >= pendingMax }

    /// - Returns: false when there is no room: the caller reads on later.
    mutating func append(_ order: PendingOrder) -> Bool {
        pending.append(order, to: order.order.senderID)
    }

    /// Takes up to `max` orders whose senders have room, and reserves that room.
    mutating func take(max: Int) -> [PendingOrder] {
        var taken: [PendingOrder] = []
        while taken.count < max, inFlightTotal < inFlightMax {
            let next = pending.next { sender in
                inFlight[sender, default: 0] < inFlightMaxOfSender[sender, default: inFlightMaxStandard]
            }
            guard let (sender, order) = next else { break }
            inFlight[sender, default: 0] += 1
            inFlightTotal += 1
            taken.append(order)
        }
        return taken
    }

    /// Gives back the room of one order.
    mutating func finish(_ sender: SenderID) {
        guard let count = inFlight[sender], count > 0 else { preconditionFailure("more ends than beginnings") }
        inFlight[sender] = count == 1 ? nil : count - 1
        inFlightTotal -= 1
    }

    mutating func setInFlightMax(_ max: Int, of sender: SenderID) {
        inFlightMaxOfSender[sender] = max
    }
}
