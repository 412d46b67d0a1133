import Glibc
import HTTPClient
import Runtime

/// Tidings at a terminal: thin over the API, nothing that the API cannot do.
enum Program {
    struct Command: Sendable {
        let name: String
        let usage: String
        let purpose: String
        let run: @Sendable (Arguments, Session) async throws -> Int32
    }

    static let commands: [Command] = [
        Command(
            name: "send", usage: "send TO TEMPLATE [NAME=VALUE…] | send TO --text TEXT",
            purpose: "sends one message; --wait shows what becomes of it", run: SendCommand.run),
        Command(
            name: "status", usage: "status ID", purpose: "one message: its history, and why it is not sent yet",
            run: StatusCommand.run),
        Command(
            name: "tail", usage: "tail [--status WORD] [-n COUNT]",
            purpose: "the newest messages, and each new one as it comes", run: TailCommand.run),
        Command(
            name: "retry", usage: "retry ID | retry --status failed [--error-code CODE] [--yes]",
            purpose: "sends again what failed: one, or many after a count", run: RetryCommand.run),
        Command(
            name: "template", usage: "template list | show ID | submit ID | examples | add EXAMPLE",
            purpose: "templates and where their approval stands", run: TemplateCommand.run),
        Command(
            name: "tenant", usage: "tenant list | show ID | create SLUG --name NAME --owner EMAIL | suspend ID | resume ID",
            purpose: "businesses; needs a founder's key", run: TenantCommand.run),
        Command(
            name: "verify-proof", usage: "verify-proof FILE [--key KEY]",
            purpose: "checks a proof of delivery; asks nobody", run: VerifyProofCommand.run),
        Command(
            name: "doctor", usage: "doctor", purpose: "checks settings, database, Kafka, provider and webhook address",
            run: Doctor.run),
    ]

    static func run(_ words: [String]) async -> Int32 {
        guard let name = words.first, name != "help", name != "--help", name != "-h" else {
            print(help)
            return words.isEmpty ? 2 : 0
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            Terminal.complain("there is no command `\(name)`", "`tidings help` lists all.")
            return 2
        }
        do {
            let arguments = try Arguments(Array(words.dropFirst()))
            if arguments.has("help") {
                print("usage: tidings \(command.usage)\n\n\(command.purpose)\n\(options)")
                return 0
            }
            let client = HTTPClient()
            try client.start()
            let session = try Session(arguments, client: client)
            let status = try await command.run(arguments, session)
            await client.stop()
            return status
        } catch let wrong as Arguments.Wrong {
            Terminal.complain(wrong.text, "usage: tidings \(command.usage)")
            return 2
        } catch let refusal as Refusal {
            refusal.show()
            return 1
        } catch {
            Terminal.complain("\(error)", "`tidings doctor` looks for the cause.")
            return 1
        }
    }

    private static let options = """

        options everywhere:
          --env FILE   settings as NAME=value lines; otherwise the environment, then .local/env
          --json       the API's answer as it is

        """

    private static var help: String {
        let width = commands.map(\.name.count).max() ?? 0
        let lines = commands.map { command in
            "  \(command.name.padded(to: width))  \(command.purpose)\n"
                + "  \("".padded(to: width))  tidings \(command.usage)"
        }
        return """
            tidings: WhatsApp messages at a terminal

            \(lines.joined(separator: "\n"))
            \(options)
            settings: INGEST_URL and TIDINGS_API_KEY (a business's key); for `tenant` MONITOR_URL and
            TIDINGS_ADMIN_KEY (a founder's key); `doctor` reads what the services read.
            """
    }
}
