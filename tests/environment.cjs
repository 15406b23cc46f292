/**
 * Jest's own environment of Node, in a context whose global object is an ordinary one. In the usual kind every look at a
 * global (`Object`, `Number`, `Array` …) asks an interceptor first, which makes whatever computes several times slower
 * than it is in `sampan`.
 */
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

class PlainEnvironment extends TestEnvironment {
  constructor(...options) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...options);
    } finally {
      vm.createContext = createContext;
    }
  }
}

module.exports = PlainEnvironment;
