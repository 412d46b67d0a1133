import JSON
import Models
import Storage

/// The names of a business's API keys, for lists that know who did something by the key's id only.
struct KeyNames: Sendable {
    /// As `Actor.name` writes a key.
    private static let prefix = "api key "
    private static let keysMax = "200"

    private let names: [String: String]

    /// Asks only where a key is among the actors, and where the visitor may see keys.
    init(_ owner: Owner, for actors: [String]) async throws {
        guard owner.maySee(.keys), actors.contains(where: { $0.hasPrefix(Self.prefix) }) else {
            names = [:]
            return
        }
        let keys = try await owner.get("/v1/keys", [("limit", Self.keysMax)]).data
        names = Dictionary(keys.map { ($0.text("id"), $0.text("name")) }, uniquingKeysWith: { first, _ in first })
    }

    /// Where a key's name cannot be asked for: its id says nothing to people.
    static func brief(_ actor: String) -> String { actor.hasPrefix(prefix) ? "an API key" : actor }

    /// "API key “Till”"; an actor that is no key of this business as it is.
    func words(_ actor: String) -> String {
        guard actor.hasPrefix(Self.prefix), let name = names[String(actor.dropFirst(Self.prefix.count))] else { return actor }
        return "API key “\(name)”"
    }
}
