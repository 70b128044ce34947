// For mongosh, logged in as an administrator: creates the users, or brings their passwords and roles up to date.
const admin = db.getSiblingDB("admin");
for (const [name, rights] of [
  $users
]) {
  admin.getUser(name) ? admin.updateUser(name, rights) : admin.createUser({ user: name, ...rights });
}
