import ServiceKit

await ServiceMain.run("alerter", settings: AlerterSettings.init, build: Alerter.build)
