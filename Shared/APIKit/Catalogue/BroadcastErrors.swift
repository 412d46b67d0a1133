extension Catalogue {
    static let broadcastErrors: [CatalogueEntry] = []
}
