extension Catalogue {
    static let retentionErrors: [CatalogueEntry] = []
}
