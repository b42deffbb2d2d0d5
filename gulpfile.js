const { dest, parallel, src } = require('gulp');

const copy = (files) => () => src(files, { base: '.', encoding: false }).pipe(dest('dist'));

// What tsc does not copy: the icons and the codex files beside the nodes.
exports.default = parallel(copy('nodes/icons/*.svg'), copy('nodes/**/*.node.json'));
