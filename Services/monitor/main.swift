import ServiceKit

await ServiceMain.run("monitor", settings: MonitorSettings.init, build: Monitor.build)
