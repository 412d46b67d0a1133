/// How much to kill.
struct MatrixOptions {
    var rounds = 1
    var seed = UInt64.random(in: 1...1_000_000)
    /// Messages a second; a tenth of them in campaigns.
    var rate = 30
    /// Part of the name of the points to try; all of them when empty.
    var points = ""

    enum Parsed {
        case help
        case wrong(String)
        case options(MatrixOptions)
    }

    static let help = """
        Kills every service at every named point while messages flow, starts it again, and compares what the stand-in
        for WhatsApp has taken with what the database says.

          --rounds N    every point once a round (default 1)
          --seed S      which passing of a point kills, and in what order (default: another each time, printed)
          --rate M      messages a second (default 30)
          --points TEXT only points whose name holds this text, such as dispatcher.
        """

    static func parse(_ arguments: some Sequence<String>) -> Parsed {
        var options = MatrixOptions()
        var rest = Array(arguments)[...]
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" { return .help }
            guard let text = rest.popFirst() else { return .wrong("\(name) needs a value") }
            switch (name, UInt64(text)) {
            case ("--points", _): options.points = text
            case ("--rounds", .some(let number)) where number > 0: options.rounds = Int(clamping: number)
            case ("--seed", .some(let number)): options.seed = number
            case ("--rate", .some(let number)) where number > 0: options.rate = Int(clamping: number)
            case (_, _): return .wrong("\(name) is unknown, or \(text) is no number for it")
            }
        }
        return .options(options)
    }
}
