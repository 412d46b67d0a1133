/// What to measure and for how long.
struct LoadOptions {
    var acceptSeconds = 10
    var batchSeconds = 6
    var lifeSeconds = 25
    var webhookSeconds = 10
    /// Ends the life phase when this many messages were accepted, if set.
    var messages: Int?
    var connections = 64
    var lifeConnections = 32
    /// Messages a request in the life phase, as a campaign or an import sends them; 1 for single requests.
    var lifeBatch = 10
    /// Accepted and not read yet, at most: a closed loop, so that a backlog does not flatter the rate.
    var outstandingMax = 4_000
    var receiptsPerSecond = 3_000
    var limitsSeconds = 25
    /// Messages that one tenant has waiting while the limits are measured.
    var waiting = 100_000
    /// Of the tenant beside it.
    var quietPerSecond = 5
    var senders = 8

    enum Parsed {
        case help
        case wrong(String)
        case options(LoadOptions)
    }

    static let help = """
        Options (the default run takes under four minutes):
          --seconds N            length of the life phase (default 25; 0 leaves it out)
          --senders N            senders of the life phase, 1,000 messages a second each (default 8)
          --messages N           end the life phase after N messages
          --accept-seconds N     length of the acceptance phase (default 10; 0 leaves it out)
          --life-batch N         messages a request in the life phase (default 10; 1: POST /v1/messages)
          --batch-seconds N      length of the batch phase (default 6; 0 leaves it out)
          --webhook-seconds N    length of the webhook phase (default 10; 0 leaves it out)
          --limits-seconds N     length of the phase of rates and of a quiet tenant (default 25; 0 leaves it out)
          --waiting N            messages of another tenant that wait meanwhile (default 100000)
          --quiet-per-second N   messages a second of the quiet tenant (default 5)
          --connections N        connections of the acceptance phase (default 64)
          --outstanding N        messages accepted and not read yet, at most (default 4000)
          --receipts-per-second N  rate of the webhook phase (default 3000)
        """

    static func parse(_ arguments: some Sequence<String>) -> Parsed {
        var options = LoadOptions()
        var rest = Array(arguments)[...]
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" { return .help }
            guard let field = fields[name] else { return .wrong("unknown option \(name)") }
            guard let text = rest.popFirst(), let value = Int(text), value >= 0 else {
                return .wrong("\(name) needs a whole number")
            }
            field(&options, value)
        }
        return .options(options)
    }

    private static let fields: [String: @Sendable (inout LoadOptions, Int) -> Void] = [
        "--seconds": { $0.lifeSeconds = $1 },
        "--messages": { $0.messages = $1 },
        "--life-batch": { $0.lifeBatch = max(1, $1) },
        "--accept-seconds": { $0.acceptSeconds = $1 },
        "--batch-seconds": { $0.batchSeconds = $1 },
        "--webhook-seconds": { $0.webhookSeconds = $1 },
        "--limits-seconds": { $0.limitsSeconds = $1 },
        "--waiting": { $0.waiting = max(1_000, $1) },
        "--quiet-per-second": { $0.quietPerSecond = max(1, $1) },
        "--senders": { $0.senders = max(1, $1) },
        "--connections": { $0.connections = max(1, $1) },
        "--outstanding": { $0.outstandingMax = max(100, $1) },
        "--receipts-per-second": { $0.receiptsPerSecond = max(100, $1) },
    ]
}
