/** Reading a call as Python writes it: names, numbers, texts, lists, dictionaries and calls inside calls. */

const TOKEN = /\s*(?:#[^\n]*\n\s*)*(?:(?<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][\w.]*)|(?<text>"[^"\n]*"|'[^'\n]*')|(?<sign>\*\*|[()[\]{},=:+\-*/]))/y;
const CONSTANTS = { True: true, False: false, None: null };

/** A name, or a call of it. */
export class Call {
  constructor(name, isCall) {
    this.name = name;
    this.isCall = isCall;
    this.positional = [];
    this.named = {};
  }
}

/** @param {string} text @returns {Call} */
export function parsedCall(text) {
  const reader = new Reader(text);
  const found = reader.value();
  if (!(found instanceof Call && found.isCall)) throw new Error("This is not a call, such as StepLR(optimizer, step_size=30).");
  return found;
}

class Reader {
  constructor(text) {
    this.tokens = tokens(text);
    this.at = 0;
  }

  peek() {
    return this.tokens[this.at]?.said;
  }

  next(wanted) {
    const token = this.tokens[this.at++];
    if (!token || (wanted && token.said !== wanted)) throw new Error(`Expected ${wanted ?? "more"}${token ? ` before ${token.said}` : " at the end"}.`);
    return token;
  }

  /** Sums and products of numbers, as in 90 * 1000. */
  value() {
    let left = this.product();
    while (this.peek() === "+" || this.peek() === "-") left = counted(this.next().said, left, this.product());
    return left;
  }

  product() {
    let left = this.power();
    while (this.peek() === "*" || this.peek() === "/") left = counted(this.next().said, left, this.power());
    return left;
  }

  power() {
    const left = this.single();
    return this.peek() === "**" ? counted(this.next().said, left, this.power()) : left;
  }

  single() {
    const { kind, said } = this.next();
    if (kind === "number") return Number(said.replaceAll("_", ""));
    if (kind === "text") return said.slice(1, -1);
    if (kind === "name") return said in CONSTANTS ? CONSTANTS[said] : this.call(said);
    if (said === "-") return counted("-", 0, this.power());
    if (said === "[") return this.list("]");
    if (said === "(") return this.group();
    if (said === "{") return this.dictionary();
    throw new Error(`${said} is not understood here.`);
  }

  call(name) {
    const found = new Call(name, this.peek() === "(");
    if (!found.isCall) return found;
    this.next("(");
    while (this.peek() !== ")") {
      const isNamed = this.tokens[this.at]?.kind === "name" && this.tokens[this.at + 1]?.said === "=";
      if (isNamed) {
        const key = this.next().said;
        this.next("=");
        found.named[key] = this.value();
      } else found.positional.push(this.value());
      if (this.peek() !== ")") this.next(",");
    }
    this.next(")");
    return found;
  }

  list(end) {
    const found = [];
    while (this.peek() !== end) {
      found.push(this.value());
      if (this.peek() !== end) this.next(",");
    }
    this.next(end);
    return found;
  }

  group() {
    const from = this.at;
    const found = this.list(")");
    const isTuple = found.length !== 1 || this.tokens.slice(from, this.at).at(-2)?.said === ",";
    return isTuple ? found : found[0];
  }

  dictionary() {
    const found = {};
    while (this.peek() !== "}") {
      const key = this.value();
      this.next(":");
      found[String(key)] = this.value();
      if (this.peek() !== "}") this.next(",");
    }
    this.next("}");
    return found;
  }
}

function counted(sign, left, right) {
  if (typeof left !== "number" || typeof right !== "number") throw new Error("Only numbers can be reckoned with here.");
  switch (sign) {
    case "+": return left + right;
    case "-": return left - right;
    case "*": return left * right;
    case "/": return left / right;
    default: return left ** right;
  }
}

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  const whole = text.trim();
  while (TOKEN.lastIndex < whole.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(whole);
    if (!match) {
      throw new Error(`${whole.slice(from, from + 12)} is not understood here.`);
    }
    const [kind, said] = Object.entries(match.groups).find(([, each]) => each !== undefined);
    found.push({ kind, said });
  }
  return found;
}
