import Glibc
import Runtime

/// What this executable can do, by its first argument. None of it belongs into a real installation.
let commands: [(name: String, purpose: String, run: @Sendable ([String]) async -> Never)] = [
    ("broker", "the embedded Kafka: in memory, for development", BrokerCommand.run),
    ("demo", "a tenant with a sender, templates and an API key to try things with", DemoCommand.run),
    ("providers", "stand-ins for Meta, Slack and a mail server", ProvidersCommand.run),
]

let given = CommandLine.arguments.dropFirst()
guard let command = commands.first(where: { $0.name == given.first }) else {
    print("usage: sandbox <command> [options]")
    for command in commands { print("  \(command.name)  \(command.purpose)") }
    exit(2)
}
Log.bootstrap(service: "sandbox-\(command.name)")
await command.run(Array(given.dropFirst()))
