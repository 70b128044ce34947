// Makes the replica set, its administrator and one user per service; what is there already is brought up to date. Run by
// mongosh on mongod's own loopback: until there is a user, only from there can one be made.

const administrator = "klu";
const secrets = "/run/klu";
const password = require("fs").readFileSync(`${secrets}/mongodb-root-password`, "utf8").trim();
db = connect("mongodb://127.0.0.1:27017/admin?directConnection=true");

function loggedIn() {
  try {
    return db.auth(administrator, password).ok === 1;
  } catch (refused) {
    return false;
  }
}

function initiate() {
  try {
    db.adminCommand({ replSetInitiate: { _id: "klu", members: [{ _id: 0, host: "mongodb:27017" }] } });
  } catch (error) {
    if (error.codeName === "Unauthorized") {
      throw new Error("This volume was made with another .secrets/mongodb-root-password; bring that back.");
    }
    if (error.codeName !== "AlreadyInitialized") throw error;
  }
}

function waitForPrimary() {
  const deadline = Date.now() + 60000;
  while (!db.hello().isWritablePrimary) {
    if (Date.now() > deadline) throw new Error("MongoDB did not become primary within 60 seconds.");
    sleep(200);
  }
}

if (!loggedIn()) {
  initiate();
  waitForPrimary();
  db.createUser({ user: administrator, pwd: password, roles: ["root"] });
  db.auth(administrator, password);
}
waitForPrimary();
load(`${secrets}/mongodb-users.js`);
print("MongoDB has its replica set and its users.");
