// For mongosh, logged in as an administrator: lets the users in, or brings what is known of them up to date.
const admin = db.getSiblingDB("admin");
for (const [name, rights] of [
  $users
]) {
  admin.getUser(name) ? admin.updateUser(name, rights) : admin.createUser({ user: name, ...rights });
}
