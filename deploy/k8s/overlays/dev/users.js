// Run once, by the image, while the database is empty: for each service a user that can read and write its own database
// and nothing else, and one that may read everything for the backup.
const fs = require("fs");
const password = (user) => fs.readFileSync(`/run/passwords/${user}`, "utf8").trim();
const admin = db.getSiblingDB("admin");
const services = ["intake", "router", "replies", "notifier"];
for (const service of services) {
  const user = `klu-${service}`;
  admin.createUser({ user, pwd: password(user), roles: [{ role: "readWrite", db: `klu_${service}` }] });
}
admin.createUser({
  user: "klu-backup",
  pwd: password("klu-backup"),
  roles: services.map((service) => ({ role: "read", db: `klu_${service}` })),
});
